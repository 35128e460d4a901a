"""Two whole programmes acted out through the HTTP API on simulated time: 贾汪 and 六里屯 with their figures."""
