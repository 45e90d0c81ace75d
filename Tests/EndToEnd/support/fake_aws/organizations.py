"""AWS Organizations over the fake's tree of units and accounts."""

from dataclasses import dataclass, field

from support.fake_aws.messages import ServiceError, json_answer

ROOT = "r-ab12"


@dataclass
class Organization:
    """Who is in it and where; None in the fake's data is an account that is in no organization."""

    #: {account ID: [name, state, unit]}
    accounts: dict = field(default_factory=dict)
    #: {unit: parent}
    units: dict = field(default_factory=dict)
    #: {unit: what its owner calls it}, by its ID where nothing is said
    unit_names: dict = field(default_factory=dict)
    #: Accounts that may list: the management account and delegated administrators.
    administrators: set = field(default_factory=set)
    per_page: int = 20
    #: So many empty pages come before the first that has something.
    empty_pages: int = 0
    #: Without the newer member State, as once.
    has_state: bool = True

    def add(self, account_id, name, unit=ROOT, state="ACTIVE"):
        """Adds an account."""
        self.accounts[account_id] = [name, state, unit]

    def summary(self, account_id):
        """The account as the API has it."""
        name, state, _ = self.accounts[account_id]
        status = {"ACTIVE": "ACTIVE", "PENDING_CLOSURE": "PENDING_CLOSURE"}.get(state, "SUSPENDED")
        found = {
            "Id": account_id, "Name": name, "Status": status, "JoinedMethod": "CREATED",
            "Email": f"{account_id}@example.com", "JoinedTimestamp": 1.7e9,
            "Arn": f"arn:aws:organizations::111122223333:account/o-exampleorg/{account_id}",
        }
        if self.has_state:
            found["State"] = state
        return found


def list_accounts(data, request):
    """A page of all accounts."""
    organization = _organization(data, request)
    return _page(organization, request, "Accounts", [organization.summary(key) for key in organization.accounts])


def list_accounts_for_parent(data, request):
    """A page of the accounts directly below a root or unit."""
    organization = _organization(data, request)
    parent = _parent(organization, request)
    found = [organization.summary(key) for key, value in organization.accounts.items() if value[2] == parent]
    return _page(organization, request, "Accounts", found)


def list_organizational_units_for_parent(data, request):
    """A page of the units directly below a root or unit."""
    organization = _organization(data, request)
    parent = _parent(organization, request)
    found = [{"Id": unit, "Name": organization.unit_names.get(unit, unit), "Arn": f"arn:aws:organizations::111122223333:ou/o-exampleorg/{unit}"}
             for unit, above in organization.units.items() if above == parent]
    return _page(organization, request, "OrganizationalUnits", found)


def _organization(data, request):
    if request.region != "us-east-1":
        raise ServiceError(400, "InvalidInputException", f"signed for {request.region}")
    if data.organization is None:
        raise ServiceError(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    account = data.identities[request.access_key].account
    if account not in data.organization.administrators:
        raise ServiceError(400, "AccessDeniedException", "You don't have permissions to access this resource.")
    return data.organization


def _parent(organization, request):
    parent = request.params["ParentId"]
    if parent != ROOT and parent not in organization.units:
        raise ServiceError(400, "ParentNotFoundException", "You provided a parent that does not exist.")
    return parent


def _page(organization, request, key, found):
    with_empty = organization.empty_pages
    number, _, start = request.params.get("NextToken", "0:0").partition(":")
    number, start = int(number), int(start)
    if number < with_empty:
        return json_answer("organizations", {key: [], "NextToken": f"{number + 1}:{start}"})
    end = start + min(request.params.get("MaxResults", 20), organization.per_page)
    answer = {key: found[start:end]}
    if end < len(found):
        answer["NextToken"] = f"{number}:{end}"
    return json_answer("organizations", answer)
