//! the department's hub: list desk, publishing, fleet, statistics, feeds.
