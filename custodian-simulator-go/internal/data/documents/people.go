// This file turns the simulated approvers of the `approvals` document into people of the domain, and joins all documents.

package documents

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/calendar"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// percentScale makes millionths of a percentage.
const percentScale = 4

// People checks the simulated approvers and turns them into those of the domain. The error names the field and its value.
func (d *Approvals) People() ([]approval.Person, error) {
	people := make([]approval.Person, len(d.Simulated))
	for n := range d.Simulated {
		var err error
		if people[n], err = d.Simulated[n].decode(); err != nil {
			return nil, fmt.Errorf("simulated_approvers[%d] (%s): %w", n, d.Simulated[n].Name, err)
		}
	}
	_, err := approval.NewCrowd(0, people)
	return people, err
}

func (p *Person) decode() (one approval.Person, err error) {
	one.Name = p.Name
	if one.Zone, err = time.LoadLocation(p.Zone); err != nil || one.Zone == time.Local {
		return one, fmt.Errorf("zone is %q: want the name of a zone in the IANA database, such as Europe/London", p.Zone)
	}
	for n, name := range p.Days {
		day, err := weekday(name)
		if err != nil {
			return one, fmt.Errorf("days[%d] %w", n, err)
		}
		one.Days[day] = true
	}
	if one.Opens, err = minutes("opens", p.Opens); err != nil {
		return one, err
	}
	if one.Closes, err = minutes("closes", p.Closes); err != nil {
		return one, err
	}
	if one.Within, err = p.Within.decode("within"); err != nil {
		return one, err
	}
	if one.Outside, err = p.Outside.decode("outside"); err != nil {
		return one, err
	}
	rejects, err := decimal.Parse(cmp.Or(p.Rejects, "0"), percentScale)
	if err != nil || rejects < 0 || rejects > approval.Million {
		return one, fmt.Errorf("reject_percent is %q: want 0 to 100, with up to %d digits after the point", p.Rejects, percentScale)
	}
	one.Rejects = uint32(rejects)
	return one, nil
}

func minutes(field, text string) (int, error) {
	at, err := calendar.ParseClock(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", field, err)
	}
	return int(at), nil
}

func (p *Pace) decode(field string) (pace approval.Pace, err error) {
	pace.Spread = p.Spread
	pace.Median, err = length(field+".median", p.Median)
	return pace, err
}

// Configuration is what all documents say together.
type Configuration struct {
	Assets *asset.Listing
	Terms  *Terms
	Policy *approval.Policy
	People []approval.Person // simulated approvers
}

// Configure joins the documents. The error names the document, the field and its value.
func Configure(instruments Instruments, calendars Calendars, settlement Settlement, approvals Approvals) (c Configuration, err error) {
	if c.Assets, err = instruments.Listing(); err != nil {
		return c, wrong(InstrumentsName, err)
	}
	if err = calendars.Validate(); err != nil {
		return c, wrong(CalendarsName, err)
	}
	definitions, err := calendars.Definitions()
	if err != nil {
		return c, wrong(CalendarsName, err)
	}
	if c.Terms, err = settlement.Decode(c.Assets, definitions); err != nil {
		return c, wrong(SettlementName, err)
	}
	if c.Policy, err = approvals.Policy(c.Assets, c.Terms.Types); err != nil {
		return c, wrong(ApprovalsName, err)
	}
	if c.People, err = approvals.People(); err != nil {
		return c, wrong(ApprovalsName, err)
	}
	return c, nil
}
