"""One release: helm, lock, record of verified revisions, values, plan."""
