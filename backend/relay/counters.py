"""What the relay has counted since it was started, for Prometheus; never by person."""

from prometheus_client import Counter, Gauge, Histogram

MAILS = Counter(
    "telltale_relay_mails",
    "Mails by what the peer was told: accepted, deferred, refused",
    ["answer"],
)
STAMPED = Counter(
    "telltale_relay_stamped",
    "Mails that went on stamped, and those that went on as they came, by reason",
    ["outcome"],
)
CONNECTIONS = Gauge("telltale_relay_connections", "Peers connected now")
SECONDS = Histogram(
    "telltale_relay_seconds",
    "From a mail's last byte to our answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
ERRORS = Counter("telltale_relay_errors", "Errors of ours; the mail went on as it came")
AWAY = Counter("telltale_relay_smarthost_away", "Times the smarthost did not answer as it should")
