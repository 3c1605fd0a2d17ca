"""What every domain stands on: settings, database, bus, storage, jobs, HTTP. Imports no domain."""
