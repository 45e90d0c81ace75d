"""The forecast once more, in Python's standard library alone: what the program's own is checked against.

Written from the rules, not from the Swift code:

- Of the newest 84 days those count that are known; below 21 nothing is said.
- Equal weekdays are compared with one another: Kendall's S and its variance, ties corrected, added up over the weekdays
  (Hirsch, Slack, Smith 1982), and Sen's slopes of all these pairs. A weekday that always shows the same value, such as an
  idle Sunday, takes no part.
- The slope is the median of the pairs' slopes, its interval of 98 % by ranks (Gilbert 1987). Days grow when the interval
  lies above zero.
- Highest peak within the next days: the days are lifted to today by their growth, the highest fifth of them give a tail by
  Hill, and the tail a level that the highest of so many days exceeds with a given chance (Weissman). The range reaches
  from even odds at the lower end of the growth to nine in ten at the slope itself; never below the highest peak so far,
  nor above twice of it. It looks 28 days ahead, and no further than the history is long.
- The day on which a level is reached counts from the highest of the last 28 days at the lower end of the growth.
"""

import math
from statistics import NormalDist, median

HISTORY_DAYS = 84
LEAST_DAYS = 21
RECENT_DAYS = 28
PEAK_DAYS = 28
CONFIDENCE = 0.98
EVEN, SURE = 0.5, 0.9


class Forecast:
    def __init__(self, days):
        """days: (day, value) of the days that are known."""
        newest = max(day for day, _ in days)
        days = sorted((day, value) for day, value in days if day > newest - HISTORY_DAYS)
        self.count = len(days)
        self.days = days
        self.newest = newest
        self.peak = max(value for _, value in days)
        self.level = max(value for day, value in days if day > newest - RECENT_DAYS)
        self.low, self.slope, self.high = self._slopes()

    @classmethod
    def of(cls, values):
        """Of a list with None for days that are not known; None when too few are."""
        known = [(day, value) for day, value in enumerate(values) if value is not None]
        if not known:
            return None
        recent = [day for day, _ in known if day > known[-1][0] - HISTORY_DAYS]
        return cls(known) if len(recent) >= LEAST_DAYS else None

    def _slopes(self):
        slopes, variance = [], 0.0
        for weekday in range(7):
            points = [(day, value) for day, value in self.days if day % 7 == weekday]
            values = [value for _, value in points]
            if len(set(values)) < 2:
                continue
            variance += _kendall(len(points))
            for value in set(values):
                variance -= _kendall(values.count(value))
            slopes += [(late[1] - early[1]) / (late[0] - early[0])
                       for index, late in enumerate(points) for early in points[:index]]
        if not slopes:
            return 0.0, 0.0, 0.0
        slopes.sort()
        width = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * math.sqrt(variance)
        low, high = (len(slopes) - width) / 2, (len(slopes) + width) / 2 + 1
        return (_at(slopes, low) if low >= 1 else -math.inf, median(slopes),
                _at(slopes, high) if high <= len(slopes) else math.inf)

    @property
    def grows(self):
        return self.low > 0

    def reaches(self, level):
        """Days until peaks reach the level; None when they do not surely grow, or not as soon as the history is long."""
        if not self.grows:
            return None
        days = max(0, math.ceil((level - self.level) / self.low - 1e-9))
        return days if days <= self.count else None

    def peaks(self, days):
        """The range of the highest peak within so many days."""
        days = min(days, PEAK_DAYS, self.count)
        low = self._peak(days, self.low if self.grows else 0.0, EVEN)
        high = self._peak(days, self.slope if self.grows else 0.0, SURE)
        return low, max(low, high)

    def _peak(self, days, growth, chance):
        lifted = sorted((value + growth * (self.newest - day) for day, value in self.days), reverse=True)
        size = max(5, len(lifted) // 5)
        threshold = lifted[size]
        if threshold > 0:
            hill = sum(math.log(value / threshold) for value in lifted[:size]) / size
            expected = size / len(lifted) * days
            level = threshold * max(1.0, expected / -math.log(chance)) ** hill
        else:
            level = 0.0
        return min(2 * self.peak, max(self.peak, level + growth * days))


def _at(slopes, rank):
    """The value of a rank, which counts from 1 and may lie between two."""
    whole = math.floor(rank)
    value = slopes[whole - 1]
    return value + (rank - whole) * (slopes[whole] - value) if whole < len(slopes) else value


def _kendall(count):
    return count * (count - 1) * (2 * count + 5) / 18


class Line:
    """What was drawn before, to compare with: a straight line through the last 60 days, from 7 on."""

    def __init__(self, known):
        points = known[-60:]
        slopes = [(late[1] - early[1]) / (late[0] - early[0]) for index, late in enumerate(points) for early in points[:index]]
        rising = sum((slope > 0) - (slope < 0) for slope in slopes)
        self.slope = median(slopes)
        self.level = median(value - self.slope * day for day, value in points) + self.slope * points[-1][0]
        count = len(points)
        self.grows = self.slope > 0 and rising / math.sqrt(_kendall(count)) > 1.645

    def reaches(self, level):
        return max(0.0, (level - self.level) / self.slope) if self.grows else None

    def peak(self, days, so_far):
        return max(so_far, self.level + self.slope * days) if self.grows else so_far
