"""Transcoding: a sandboxed child process turns an untrusted file into what is played."""
