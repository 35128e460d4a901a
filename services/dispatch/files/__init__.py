"""What people uploaded, until an event names it or it is swept away."""
