"""A whole year in minutes: a file's events and every scheduled job on a business clock that never waits.

`script` says what happens when, `stages` runs the jobs, `findings` and `proof` read afterwards what came of it,
`world` is the database of its own in which it happens. Nothing here reads the wall clock, and nothing leaves:
all channels only record.
"""
