"""What the tests trade with: terms, assets and orders, and time to the second."""

from functools import lru_cache
from typing import NamedTuple

import brownie
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.contracts import twin

MINUTE, DAY = 60, 24 * 60 * 60
ZERO = "0x" + "00" * 20
MNEMONIC = "test test test test test test test test test test test junk"  # anvil's own, its default


def bytes32(number):
    """Return ``number`` as 32 bytes."""
    return number.to_bytes(32, "big")


class Terms(NamedTuple):
    """AssetTerms of contracts/types/Asset.sol, with something sensible everywhere."""

    seller: str
    kind: int = 1
    price: int = 500
    bond: int = 1_000
    settle_window: int = 20 * MINUTE
    dispute_window: int = DAY
    content_root: bytes = bytes32(0xC0)
    manifest: bytes = bytes32(0x3A)
    key: tuple = twin.point(0xCE11)
    seal: tuple = twin.point(0x5EA1)


class Order(NamedTuple):
    """Order of contracts/types/Order.sol."""

    asset_id: int
    terms_hash: bytes
    buyer: str
    key_lock: str
    price: int
    deadline: int
    dispute_window: int


class Sale(NamedTuple):
    """An order as the test made it, with the scalar that opens its lock."""

    id: int
    order: Order
    terms: Terms
    t: int

    @property
    def ref(self):
        return self.id, self.order


def list_asset(house, seller, terms=None, salt=1, parents=()):
    """List an asset; return its id and its birth."""
    terms = terms or Terms(seller.address)
    birth = (seller.address, ZERO, bytes32(salt), [*parents])
    house.assets.list(birth[2], terms, birth[3], {"from": seller})
    return twin.asset_id(brownie.chain.id, house.assets.address, birth), birth


def order_of(house, buyer, asset, terms, salt=1, t=0xA11CE):
    """Order an asset; return the sale. ``t`` opens its lock."""
    lock = twin.address(twin.point(t))
    tx = house.exchange.order(bytes32(salt), asset, terms, twin.point(0xB0B), lock, {"from": buyer})
    order = Order(
        asset,
        twin.terms_hash(terms),
        buyer.address,
        lock,
        terms.price,
        tx.timestamp + terms.settle_window,
        terms.dispute_window,
    )
    return Sale(
        twin.order_id(brownie.chain.id, house.exchange.address, buyer.address, bytes32(salt)), order, terms, t
    )


def settle(house, sale, sender):
    """Settle a sale; return the time of it."""
    return house.exchange.settle(sale.id, sale.order, sale.t, {"from": sender}).timestamp


def earn(house, payer, asset, amount):
    """Let ``payer``, acting as a module of the Vault, move money of his own to an asset."""
    if house.vault.capOf(payer, payer) < amount:
        house.vault.approve(payer, 2**256 - 1, {"from": payer})
    house.vault.lock(0, payer, amount, {"from": payer})
    house.vault.move(0, amount, house.assets, asset, {"from": payer})


def at(timestamp):
    """Give the next block a Unix time."""
    answer = brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [int(timestamp)])
    assert "error" not in answer, answer


def acting_as(contract):
    """Return an account that sends as ``contract``, which the local chain allows."""
    return brownie.accounts.at(getattr(contract, "address", contract), force=True)


@lru_cache
def signer_of(account):
    """Return the private side of one of anvil's accounts."""
    Account.enable_unaudited_hdwallet_features()
    index = list(brownie.accounts).index(account)
    signer = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    assert signer.address == account.address
    return signer


def typed(contract, name, version, kind, fields, values, chain_id=None):
    """Return EIP-712 data; ``fields`` is ``"type name, type name"``."""
    domain = {
        "name": name,
        "version": version,
        "chainId": chain_id or brownie.chain.id,
        "verifyingContract": contract.address,
    }
    described = [dict(zip(("type", "name"), field.split())) for field in fields.split(", ")]
    message = dict(zip((f["name"] for f in described), values))
    return encode_typed_data(domain, {kind: described}, message)


def permit(house, owner, amount, nonce=0, deadline=2**40):
    """Return the data of an ERC-2612 permit of the token for the Vault."""
    fields = "address owner, address spender, uint256 value, uint256 nonce, uint256 deadline"
    values = (owner.address, house.vault.address, amount, nonce, deadline)
    return typed(house.token, "Tessera Test Token", "1", "Permit", fields, values)


def approval(vault, owner, module, cap, nonce=0, deadline=2**40, **domain):
    """Return the data of a signed approval of the Vault."""
    fields = "address owner, address module, uint256 cap, uint256 nonce, uint256 deadline"
    module = getattr(module, "address", module)
    values = (owner.address, module, cap, nonce, deadline)
    return typed(vault, "Tessera Vault", "1", "Approval", fields, values, **domain)


def events_of(tx, name):
    """Return the events of one name as plain dicts."""
    return [dict(event) for event in tx.events[name]] if name in tx.events else []
