"""What is counted for the operator, under the names that Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

UPDATES = Counter(
    "lukoshko_updates",
    "Updates whose handling began, by what they are.",
    ["kind"],
    registry=REGISTRY,
)
FAILURES = Counter(
    "lukoshko_failures",
    "What could not be done, by the error's code; `unexpected` is a fault of the program.",
    ["kind"],
    registry=REGISTRY,
)
JOBS = Histogram(
    "lukoshko_job_seconds",
    "Seconds from a job's request to its end, by its kind and how it ended.",
    ["kind", "state"],
    buckets=(0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800),
    registry=REGISTRY,
)
RUNNING_JOBS = Gauge(
    "lukoshko_jobs", "Jobs that have not ended, queued ones too.", ["kind"], registry=REGISTRY
)
TASKS = Gauge(
    "lukoshko_tasks",
    "Tasks in the workers' lanes; state: running, or waiting for a process.",
    ["lane", "state"],
    registry=REGISTRY,
)
WAITING_UPDATES = Gauge(
    "lukoshko_updates_waiting", "Received updates that wait for their turn.", registry=REGISTRY
)
POLL_AGE = Gauge(
    "lukoshko_poll_age_seconds", "Seconds since Telegram was asked for updates.", registry=REGISTRY
)
LOOP_LAG = Histogram(
    "lukoshko_loop_lag_seconds",
    "How late the event loop woke a task that asked for it.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
FREE_DISK = Gauge(
    "lukoshko_disk_free_bytes", "Free bytes where the data folder is.", registry=REGISTRY
)
MEMORY = Gauge(
    "lukoshko_memory_bytes",
    "Memory of the bot and its workers, shared pages counted once (Linux).",
    registry=REGISTRY,
)
