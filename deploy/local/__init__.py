"""One installation on one machine: database server, broker, four services and the gateway."""
