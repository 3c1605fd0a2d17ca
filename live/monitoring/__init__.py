"""What the API and Prometheus show of media."""
