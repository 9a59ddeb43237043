"""The server: routes, what they take and tell, and what a request must pass first."""
