"""The real service under work, ended with SIGKILL again and again; what is left is what it acknowledged."""
