"""Everything SQL: tables, the writer, the event store and its projections, inbox, jobs, and questions."""
