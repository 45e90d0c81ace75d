"""What a soak showed, as figures: slopes, drifts, sizes, counts."""

import statistics

from support.soak import measures, stored

_DAY = 86_400
#: A reload has every Region polled at once, off the grid.
_AFTER_RELOAD_SECONDS = 15


def figures(soak, warm_minutes):
    """Everything that is reported; changes over time are of the samples after the warm-up."""
    samples = [sample for sample in soak.samples if sample["minute"] > warm_minutes]
    minutes = soak.samples[-1]["minute"]
    days = minutes / 1440
    return {
        "simulated_days": round(days, 3),
        "fleet": {"accounts": soak.fleet.accounts, "regions_of_each": soak.fleet.regions, "models_of_each": soak.fleet.models,
                  "metrics_of_each_model": 11},
        "interval_seconds": soak.interval_seconds,
        "wall_seconds": round(soak.wall_seconds, 1),
        "cpu_seconds": round(soak.samples[-1]["cpu_seconds"], 1),
        "leaps": soak.leaps,
        "warm_up_minutes": warm_minutes,
        "polls_per_day": round(_polls_per_day(soak)),
        "heap_bytes_per_poll": round(_slope(samples, "heap_bytes") / _polls_per_day(soak), 1),
        "rss_bytes_per_poll": round(1024 * _slope(samples, "rss_kib") / _polls_per_day(soak), 1),
        "memory": {name: _trend(samples, name) for name in ("heap_bytes", "rss_kib", "anonymous_kib")},
        "descriptors": _trend(samples, "descriptors"),
        "threads": _trend(samples, "threads"),
        "store": _store(soak, samples),
        "schedule": _schedule(soak, minutes * 60),
        "scrapes": _scrapes(soak),
        "requests": soak.counts()["requests"],
        "alerts": soak.counts()["alerts"],
        "alerts_expected": _expected_alerts(soak.fleet, minutes),
        "failures": soak.failures(),
        "minutes_checked": soak.minutes_checked,
        "minutes_wrong": len(soak.problems),
        "log_bytes_per_day": round(soak.samples[-1]["log_bytes"] / days),
    }


def _polls_per_day(soak):
    return _DAY / soak.interval_seconds * soak.fleet.accounts * soak.fleet.regions


def _slope(samples, name):
    """By least squares, a day."""
    return measures.slope([(sample["minute"] / 1440, sample[name]) for sample in samples])


def _trend(samples, name):
    """The slope a day, and between what the values lie."""
    values = [sample[name] for sample in samples]
    return {"slope_per_day": round(_slope(samples, name), 2), "lowest": min(values), "highest": max(values),
            "first": values[0], "last": values[-1], "samples": len(values)}


def _store(soak, samples):
    return {**stored.contents(soak.daemon.store), "file": _trend(samples, "store_bytes"),
            "highest_wal_bytes": max(sample["wal_bytes"] for sample in samples)}


def _schedule(soak, seconds):
    """How late polls began after their place on the Region's grid, and how that changed; polls made and due."""
    lateness, missing = [], 0
    for polls in soak.polls.values():
        starts = sorted(start for start in polls.values() if not _is_off_grid(soak, start))
        phase = min((start % soak.interval_seconds for start in starts), key=lambda p: _spread(starts, p, soak))
        late = [((start - phase + soak.interval_seconds / 2) % soak.interval_seconds) - soak.interval_seconds / 2 for start in starts]
        lateness += list(zip((start / _DAY for start in starts), late))
        due = int((seconds - starts[0]) // soak.interval_seconds) + 1
        missing += max(due - len(starts) - len(soak.reloads), 0)
    late = sorted(value for _, value in lateness)
    return {
        "polls": len(lateness), "missing": missing, "reloads": len(soak.reloads),
        "drift_seconds_per_day": round(measures.slope(lateness), 4),
        "late_seconds": {"p50": _at(late, 0.5), "p99": _at(late, 0.99), "highest": _at(late, 1), "lowest": _at(late, 0)},
    }


def _spread(starts, phase, soak):
    """How far the first polls are from a place on the grid, in all."""
    half = soak.interval_seconds / 2
    return sum(abs((start - phase + half) % soak.interval_seconds - half) for start in starts[:20])


def _is_off_grid(soak, start):
    return start < _AFTER_RELOAD_SECONDS or any(-2 < start - reload < _AFTER_RELOAD_SECONDS for reload in soak.reloads)


def _scrapes(soak):
    ordered = sorted(soak.scrape_seconds)
    return {"count": len(ordered), "page_bytes": soak.page_bytes, "mean_ms": round(1000 * statistics.fmean(ordered), 2),
            **{f"{name}_ms": round(1000 * _at(ordered, share), 2) for name, share in
               (("p50", 0.5), ("p99", 0.99), ("highest", 1))}}


def _at(ordered, share):
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 4)


def _expected_alerts(fleet, minutes):
    """Each burst raises the critical alert of its quota once and ends it once; the first model's is throttled besides.

    Whether its warning is told as well depends on whether a poll came between the two.
    """
    bursts = fleet.bursts(minutes)
    each = {"BedrockQuotaCritical": len(fleet.bursting), "BedrockThrottlingCritical": len(fleet.throttled)}
    return {f"{name} {status}": bursts * count for name, count in each.items() for status in ("firing", "resolved")}
