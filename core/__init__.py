"""What every domain stands on: settings, database, bus, storage, jobs, the HTTP door. Imports no domain."""
