"""How often something may be asked for."""

from __future__ import annotations

import pytest

from edge.rate_limit import MOST_CLIENTS, Allowance, RateLimit, network


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_client_has_a_burst_and_then_a_pace(clock: Clock) -> None:
    limit = RateLimit(Allowance(3, 10.0), Allowance(100, 1.0), clock)
    assert [limit.wait_s("10.0.0.1") for _ in range(4)] == [0, 0, 0, 10.0]
    assert limit.wait_s("10.0.0.2") == 0
    clock.now += 4
    assert limit.wait_s("10.0.0.1") == 6.0
    clock.now += 6
    assert [limit.wait_s("10.0.0.1") for _ in range(2)] == [0, 10.0]
    clock.now += 1000
    assert [limit.wait_s("10.0.0.1") for _ in range(4)] == [0, 0, 0, 10.0]


def test_all_clients_together_are_limited_too(clock: Clock) -> None:
    limit = RateLimit(Allowance(3, 10.0), Allowance(5, 2.0), clock)
    assert [limit.wait_s(f"10.0.0.{k}") for k in range(7)] == [0, 0, 0, 0, 0, 2.0, 2.0]
    clock.now += 2
    assert [limit.wait_s(f"10.0.0.{k}") for k in range(2)] == [0, 2.0]


def test_who_is_refused_is_not_counted(clock: Clock) -> None:
    limit = RateLimit(Allowance(1, 10.0), Allowance(2, 10.0), clock)
    assert limit.wait_s("10.0.0.1") == 0
    assert [limit.wait_s("10.0.0.1") for _ in range(20)] == [10.0] * 20
    assert limit.wait_s("10.0.0.2") == 0


def test_memory_is_bounded_and_the_total_is_kept_by_whom_it_forgets(clock: Clock) -> None:
    limit = RateLimit(Allowance(1, 1e6), Allowance(3 * MOST_CLIENTS, 1.0), clock)
    for k in range(2 * MOST_CLIENTS):
        assert limit.wait_s(f"10.0.{k // 250}.{k % 250}") == 0
    assert len(limit._full_at) == MOST_CLIENTS
    assert sum(limit.wait_s("10.0.0.0") == 0 for _ in range(3)) == 1
    refused = [limit.wait_s(f"10.9.{k // 250}.{k % 250}") for k in range(2 * MOST_CLIENTS)]
    assert refused.count(0) == MOST_CLIENTS - 1


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.168.4.7", "192.168.4.7"),
        ("::ffff:192.168.4.7", "192.168.4.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("fe80::1%wlan0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(address: str, client: str) -> None:
    assert network(address) == client
