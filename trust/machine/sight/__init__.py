"""What a picture shows: a score, a vector and a hash, computed in a sandboxed child process."""
