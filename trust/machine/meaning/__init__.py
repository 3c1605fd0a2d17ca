"""What a text means, in whatever language: a vector, computed in a sandboxed child process."""
