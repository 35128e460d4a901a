"""A whole programme on real messages: scripted users drive every case through the API in simulated time."""
