"""What the gate is compared with: services that answer the same request on the same server."""
