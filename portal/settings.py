"""Settings: read once from the environment; a missing or wrong one stops the start with its name and the reason."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from portal.domain.exchange import RateTable
from portal.domain.return_address import is_return_host
from portal.domain.tanqr import Merchant
from portal.providers.provider import callback_keys
from portal.providers.registry import PROVIDERS
from portal.secrets.source import SecretMissing, secret

Network = IPv4Network | IPv6Network
MODES = ("demo", "production")
PROXIES = "PORTAL_TRUSTED_PROXIES"
SHORTEST_SECRET = 32
KEY_BYTES = 32
SANDBOX_HOSTS = re.compile(r"sandbox|test\.|localhost|^127\.|^\[?::1|^0\.0\.0\.0$", re.IGNORECASE)
TEST_GATEWAYS = re.compile(r"uat\.|(^|[.-])(test|uat|staging)[^.]*\.|^41\.222\.176\.233$", re.IGNORECASE)
"""Where providers let people try: Airtel's `openapiuat`, Yas' test gateway by name and by number."""
ADDRESSES = ("base_url", "api_base", "auth_url", "disbursement_url")
"""The settings of a provider that say where it is called."""
DEMO_SECRETS = ("demo-", "change-me", "a key for the demo")
NO_PROXIES = "none"


class BadSettings(Exception):
    """All that is wrong, one line each: the name and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process is told by its environment."""

    demo: bool
    host: str
    port: int
    database_url: str = field(repr=False)
    public_url: str
    secret_key: bytes = field(repr=False)
    encryption_keys: dict[str, bytes] = field(repr=False)
    signing_keys: tuple[bytes, ...] = field(repr=False)
    smtp_url: str | None = field(repr=False)
    sms_url: str | None = field(repr=False)
    trusted_proxies: tuple[Network, ...]
    providers: Mapping[str, Any]
    """By what the names of their settings begin with; of two that serve one method the first is chosen."""
    return_hosts: frozenset[str] = frozenset()
    tanqr: Merchant | None = None
    exchange: RateTable | None = None

    @property
    def secure(self) -> bool:
        """The public address is https, so cookies may be too."""
        return self.public_url.startswith("https://")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises BadSettings with every fault at once."""
    reader = _Reader(environment)
    settings = reader.settings()
    faults = reader.faults or (_unfit_for_production(settings) if settings and not settings.demo else [])
    if faults or settings is None:
        raise BadSettings("\n".join(faults))
    return settings


class _Reader:
    """Collects faults instead of stopping at the first."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._mode = environment.get("PORTAL_ENV", "production")
        self.faults: list[str] = []

    def settings(self) -> Settings | None:
        if self._mode not in MODES:
            self.faults.append(f"PORTAL_ENV: {self._mode!r} is none of {', '.join(MODES)}")
        read = {
            "demo": self._mode == "demo",
            **self._address(),
            "database_url": self._database(),
            "public_url": self._url("PORTAL_PUBLIC_URL") or "",
            "secret_key": (self._required("PORTAL_SECRET_KEY") or "").encode(),
            "encryption_keys": self._encryption_keys(),
            "signing_keys": self._signing_keys(),
            "smtp_url": self._way("PORTAL_SMTP_URL", ("smtp", "smtps")),
            "sms_url": self._way("PORTAL_SMS_URL", ("http", "https")),
            "trusted_proxies": self._proxies(),
            "providers": self._providers(),
            "return_hosts": self._return_hosts(),
            "tanqr": self._provider("TANQR", Merchant),
            "exchange": self._provider("PORTAL_EXCHANGE", RateTable),
        }
        return None if self.faults else Settings(**read)

    def _address(self) -> dict[str, Any]:
        text = self._environment.get("PORTAL_ADDRESS", "127.0.0.1:8000")
        host, _, port = text.rpartition(":")
        if not (host and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 2**16):  # noqa: PLR2004
            self.faults.append(f"PORTAL_ADDRESS: {text!r} is not host:port")
            return {}
        return {"host": host.removeprefix("[").removesuffix("]"), "port": int(port)}

    def _database(self) -> str:
        url = self._required("PORTAL_DATABASE_URL") or ""
        if url and url.partition("://")[0] not in ("sqlite", "postgresql"):
            self.faults.append("PORTAL_DATABASE_URL: only sqlite:///… and postgresql://… are known")
        return url

    def _encryption_keys(self) -> dict[str, bytes]:
        """`id:base64,id:base64`, the newest first."""
        keys: dict[str, bytes] = {}
        for part in self._listed("PORTAL_ENCRYPTION_KEYS"):
            key_id, _, encoded = part.partition(":")
            key = _decoded(encoded)
            if not key_id or key is None or len(key) != KEY_BYTES or key_id in keys:
                self.faults.append(
                    "PORTAL_ENCRYPTION_KEYS: each key is id:base64 of 32 bytes, comma between them, no id twice"
                )
            else:
                keys[key_id] = key
        return keys

    def _signing_keys(self) -> tuple[bytes, ...]:
        keys = self._listed("PORTAL_SIGNING_KEYS")
        if any(len(key) < SHORTEST_SECRET for key in keys):
            self.faults.append(f"PORTAL_SIGNING_KEYS: each key has at least {SHORTEST_SECRET} characters")
        return tuple(key.encode() for key in keys)

    def _listed(self, name: str) -> list[str]:
        """At least one of what stands between commas."""
        text = self._required(name) or ""
        values = [value.strip() for value in text.split(",") if value.strip()]
        if text and not values:
            self.faults.append(f"{name}: there is none between the commas")
        return values

    def _proxies(self) -> tuple[Network, ...]:
        text = self._environment.get(PROXIES, "").strip()
        if not text and self._mode == "production":
            self.faults.append(f"{PROXIES}: missing; {NO_PROXIES!r} where nothing stands before the portal")
        if text == NO_PROXIES:
            return ()
        try:
            return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
        except ValueError as error:
            self.faults.append(f"{PROXIES}: {error}")
            return ()

    def _return_hosts(self) -> frozenset[str]:
        hosts = frozenset(re.findall(r"[^\s,]+", self._environment.get("PORTAL_RETURN_HOSTS", "")))
        for host in sorted(host for host in hosts if not is_return_host(host)):
            self.faults.append(f"PORTAL_RETURN_HOSTS: {host!r} is no host in small letters")
        return hosts

    def _way(self, name: str, schemes: Collection[str]) -> str | None:
        """An address that messages leave by."""
        url = self._secret(name)
        parts = _split(url or "")
        if url and (parts.scheme not in schemes or not parts.hostname):
            self.faults.append(f"{name}: an address that begins with {':// or '.join(schemes)}://")
        return url

    def _providers(self) -> dict[str, Any]:
        """Of each provider that has settings, its own; an M-Pesa that `MPESA_API` names comes first."""
        found = {prefix: self._provider(prefix, offered.Config) for prefix, offered in PROVIDERS.items()}
        chosen = self._mpesa_api(found)
        first = {chosen: found[chosen]} if chosen else {}
        return {prefix: config for prefix, config in (first | found).items() if config is not None}

    def _mpesa_api(self, found: Mapping[str, Any]) -> str | None:
        """None where nothing is said: then it is the first that has settings."""
        known = [prefix.removeprefix("MPESA_") for prefix in PROVIDERS if prefix.startswith("MPESA_")]
        name = self._environment.get("MPESA_API", "")
        prefix = f"MPESA_{name.upper()}"
        if name and name.upper() not in known:
            self.faults.append(f"MPESA_API: {name!r} is none of {', '.join(known).lower()}")
        elif name and found[prefix] is None and not any(fault.startswith(prefix) for fault in self.faults):
            self.faults.append(f"MPESA_API: {name} is chosen, and nothing is set of {prefix}_…")
        return prefix if found.get(prefix) is not None else None

    def _provider(self, prefix: str, config: Any) -> Any:
        """None where nothing is set. Half of the settings of a provider are a fault."""
        names = {field.name: f"{prefix}_{field.name.upper()}" for field in fields(config)}
        needed = {field.name for field in fields(config) if field.default is MISSING}
        found = {key: value for key, name in names.items() if (value := self._secret(name))}
        missing = [names[key] for key in names if key in needed - found.keys()]
        if not found:
            return None
        if missing:
            for name in missing:
                self.faults.append(f"{name}: missing, though other settings of this provider are there")
            return None
        for key in found.keys() & set(ADDRESSES):
            self._url(names[key])
        built = config(**found)
        self.faults += [f"{names[key]}: {reason}" for key, reason in built.faults().items()]
        return built

    def _url(self, name: str) -> str | None:
        url = self._required(name)
        parts = _split(url or "")
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or url.endswith("/")):
            self.faults.append(f"{name}: an http(s) address without a slash at its end")
        return url

    def _required(self, name: str) -> str | None:
        value = self._secret(name)
        if not value:
            self.faults.append(f"{name}: missing")
        return value

    def _secret(self, name: str) -> str | None:
        try:
            return secret(self._environment, name)
        except SecretMissing as error:
            self.faults.append(str(error))
            return None


def _unfit_for_production(settings: Settings) -> list[str]:
    """What a demo may have, and people's money may not."""
    secret_key = f"PORTAL_SECRET_KEY: at least {SHORTEST_SECRET} characters, and not the demo's"
    vault_keys, exchange, merchant = settings.encryption_keys.values(), settings.exchange, settings.tanqr
    checks = {
        "PORTAL_PUBLIC_URL: production is served by https": not settings.secure,
        secret_key: _weak(settings.secret_key),
        "PORTAL_SIGNING_KEYS: the demo's keys are public": any(map(_weak, settings.signing_keys)),
        "PORTAL_ENCRYPTION_KEYS: the demo's key is public": any(map(_weak, vault_keys)),
        "PORTAL_SMS_URL: codes leave by https only": (settings.sms_url or "").startswith("http://"),
        "PORTAL_SMS_URL or PORTAL_SMTP_URL: production must be able to reach people": not (
            settings.sms_url or settings.smtp_url
        ),
        "PORTAL_PUBLIC_URL: not an address of this machine": _is_sandbox(settings.public_url),
        "TANQR_MERCHANT_ID: the demo's merchant is not us": bool(merchant and merchant.is_example),
        "PORTAL_EXCHANGE_RATES: the demo's rate is made up": bool(exchange and exchange.is_example),
    }
    checks |= {
        f"{prefix}_{key.upper()}: a sandbox moves no money": _moves_no_money(url)
        for prefix, config in settings.providers.items()
        for key in ADDRESSES
        if (url := getattr(config, key, None))
    }
    checks |= {
        f"{prefix}_{key.upper()}: {reason}": True
        for prefix, config in settings.providers.items()
        for key, reason in getattr(config, "unfit_for_production", dict)().items()
    }
    checks |= {
        f"{prefix}_CALLBACK_KEY: the demo's key is public": any(_weak(key.encode()) for key in keys)
        for prefix, config in settings.providers.items()
        if (keys := callback_keys(getattr(config, "callback_key", None)))
    }
    checks |= {
        f"{prefix}_ACCOUNTS: nobody holds the demo's accounts": "demo" in config.accounts.lower()
        for prefix, config in settings.providers.items()
        if hasattr(config, "accounts")
    }
    return [fault for fault, found in checks.items() if found]


def _weak(key: bytes) -> bool:
    return len(key) < SHORTEST_SECRET or key.decode(errors="ignore").startswith(DEMO_SECRETS)


def _moves_no_money(url: str) -> bool:
    """Vodacom's sandbox has a path of its own, not a host."""
    parts = _split(url)
    is_for_tests = TEST_GATEWAYS.search(parts.hostname or "") is not None
    return is_for_tests or _is_sandbox(url) or "sandbox" in parts.path.lower()


def _is_sandbox(url: str) -> bool:
    return SANDBOX_HOSTS.search(_split(url).hostname or "") is not None


def _split(url: str) -> SplitResult:
    """Empty for what is no address."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
