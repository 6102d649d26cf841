"""Time-driven work: takes due jobs, runs them side by side, and lays broken ones aside."""
