"""A day of ads without a database: what pacing, prices, caps and holds do under bursts, wrong curves and bots."""
