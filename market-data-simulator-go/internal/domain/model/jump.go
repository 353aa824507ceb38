package model

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// JumpDiffusion is the model of Merton (1976), "Option pricing when underlying stock returns are discontinuous":
//
//	dX = (mu - s^2/2 - lambda k) dt + s dW + J dN,   J ~ N(m, d^2),   k = exp(m + d^2/2) - 1
//
// with N a Poisson process of rate lambda. Jumps are news for the whole market: they come in all pairs at once, and their
// sizes have the correlation of the market. The variance of returns is that of the pair's volatility, jumps included:
// s^2 + lambda (m^2 + d^2) = sigma^2. Without drift the price is a martingale. The hours of the day move s, not the jumps.
// A jump happens in one minute; inside of the minute the path spreads it over the seconds.
type JumpDiffusion struct {
	PerDay    float64 // lambda: mean number of jumps a day, 0 to 1440
	Mean      float64 // m in units of the pair's standard deviation of a day, -10 to 10
	Deviation float64 // d in the same units, 0 to 10; PerDay (Mean^2 + Deviation^2) <= 0.95
}

// DefaultJumpDiffusion has four jumps a day that carry a quarter of the variance.
func DefaultJumpDiffusion() JumpDiffusion { return JumpDiffusion{PerDay: 4, Deviation: 0.25} }

// mostJumps is the share of the variance that jumps may carry: without a diffusion between them no price would move.
const mostJumps = 0.95

// Validate implements Parameters.
func (p JumpDiffusion) Validate() error {
	for _, err := range []error{
		within("jump_diffusion.jumps_per_day", p.PerDay, 0, minutesPerDay, ""),
		within("jump_diffusion.jump_mean", p.Mean, -10, 10, "standard deviations of a day"),
		within("jump_diffusion.jump_deviation", p.Deviation, 0, 10, "standard deviations of a day"),
	} {
		if err != nil {
			return err
		}
	}
	if share := p.share(); share > mostJumps {
		return errs.InvalidField("jump_diffusion", share, "jumps_per_day * (jump_mean^2 + jump_deviation^2), the share of the variance "+
			"that jumps carry, of 0 to 0.95")
	}
	return nil
}

// share is the part of the variance of returns that the jumps carry.
func (p JumpDiffusion) share() float64 { return p.PerDay * (p.Mean*p.Mean + p.Deviation*p.Deviation) }

func (p JumpDiffusion) over(f frame) process.Process {
	return &jumping{frame: f, JumpDiffusion: p, rate: p.PerDay / minutesPerDay, diffusion: math.Sqrt(1 - p.share())}
}

type jumping struct {
	frame
	JumpDiffusion
	rate      float64 // jumps a minute
	diffusion float64 // share of the volatility that is left to the diffusion
}

// Start implements process.Process.
func (j *jumping) Start() process.State { return j.start(0) }

// Step implements process.Process.
func (j *jumping) Step(state process.State, minute int64, moves []process.Move) {
	stream := j.open(minute)
	count := j.count(&stream)
	if count > 0 {
		j.normals(&stream, j.others)
	}
	for i := range j.rows {
		sigma, daily := j.diffusion*j.sigma(i, minute), j.rows[i].daily
		mean, deviation := j.Mean*daily, j.Deviation*daily
		jump, variance := 0.0, 1.0
		if count > 0 {
			jump = count*mean + math.Sqrt(count)*deviation*j.others[i]
			variance = 1 + jump*jump/(sigma*sigma)
		}
		compensator := j.rate * math.Expm1(mean+deviation*deviation/2)
		moves[i] = j.close(state, i, &stream, change{
			log:   j.rows[i].drift - sigma*sigma/2 - compensator + sigma*j.shocks[i] + jump,
			sigma: sigma, variance: variance, shock: j.shocks[i],
		})
	}
}

// count is the number of jumps in a minute: Poisson, by the waiting times between them.
func (j *jumping) count(stream *draw.Stream) (count float64) {
	for at := stream.Exponential(); at < j.rate; at += stream.Exponential() {
		count++
	}
	return count
}

// Fork implements process.Process.
func (j *jumping) Fork() process.Process {
	fork := *j
	fork.frame = j.fork()
	return &fork
}
