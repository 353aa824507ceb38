// This file says why something is refused.

package approval

import (
	"fmt"
	"strconv"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

func unknownCase(id string) error {
	return errs.New(errs.NotFound, "UNKNOWN_CASE", "case %q is not known: it never waited for approval, or was decided more than %d days ago", id, keptDays).
		With("case_id", id)
}

func idReused(id string) error {
	return errs.New(errs.AlreadyExists, "CASE_ID_REUSED", "open case %q: the id names a case with other content; use a new one", id).With("case_id", id)
}

func alreadyDecided(c *filed) error {
	return errs.New(errs.FailedPrecondition, "CASE_DECIDED", "case %q is %s, which is final", c.ID, c.state).
		With("case_id", c.ID).With("state", c.state.String())
}

func expired(c *filed, now int64) error {
	return errs.New(errs.FailedPrecondition, "CASE_EXPIRED", "case %q could be decided until %d, now is %d (nanoseconds since 1970): start over",
		c.ID, c.Expires, now).With("case_id", c.ID).With("expires", strconv.FormatInt(c.Expires, 10))
}

func selfApproval(id, by string) error {
	return errs.New(errs.FailedPrecondition, "SELF_APPROVAL", "%q has started case %q and so cannot decide it: somebody else must, or cancel it", by, id).
		With("case_id", id).With("by", by)
}

func notAnApprover(id, by, rule string) error {
	return errs.New(errs.PermissionDenied, "NOT_AN_APPROVER", "%q is no approver of case %q by rule %q; its status lists who is", by, id, rule).
		With("case_id", id).With("by", by).With("rule", rule)
}

func notEnough(q *Request, rule string) error {
	return errs.New(errs.FailedPrecondition, "NOT_ENOUGH_APPROVERS",
		"open case %q: without %q, who starts it, rule %q has too few approvers; let somebody else start it", q.ID, q.Initiator, rule).
		With("case_id", q.ID).With("initiator", q.Initiator).With("rule", rule)
}

func changePending(id string) error {
	return errs.New(errs.FailedPrecondition, "POLICY_CHANGE_PENDING", "propose a policy: case %q proposes another one already; decide or cancel that first", id).
		With("case_id", id)
}

// invalid refuses a field of a policy.
func invalid(field string, value any, want string) error {
	text := fmt.Sprint(value)
	return errs.New(errs.Invalid, "INVALID_POLICY", "%s is %q: want %s", field, text, want).With("field", field).With("value", text)
}
