"""What people change about their own account: handle, picture, password, signed-in devices."""
