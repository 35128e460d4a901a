"""What dispatch decides, without any I/O."""
