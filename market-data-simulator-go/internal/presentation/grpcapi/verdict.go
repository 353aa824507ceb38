package grpcapi

import (
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// verdictMessage encodes a verdict.
func verdictMessage(verdict simulation.Verdict) *marketdatav1.SimulationVerdict {
	if verdict.Reason != "" {
		return &marketdatav1.SimulationVerdict{NoVerdictReason: verdict.Reason}
	}
	report := verdict.Report
	message := &marketdatav1.SimulationVerdict{
		ComparedWith: verdict.Against, Interval: barcsv.FormatInterval(time.Duration(verdict.Seconds) * time.Second), Days: uint32(verdict.Days),
		Scores: scoresMessage(report.Scores), NullBrownian: scoresMessage(report.NullGBM), NullShuffled: scoresMessage(report.NullShuffled),
		Ceiling: scoresMessage(report.Ceiling),
	}
	for _, check := range report.Scores.Failed {
		message.FailedFacts = append(message.FailedFacts, &marketdatav1.FailedFact{
			Family: string(check.Family), Pair: check.Pair, Fact: check.Fact,
			Simulated: check.Simulated, Real: check.Real, Allowed: check.Allowed,
		})
	}
	return message
}

func scoresMessage(scores realism.Scores) *marketdatav1.SimilarityScores {
	return &marketdatav1.SimilarityScores{
		Correlation: scores.Correlation, Volatility: scores.Volatility, Distribution: scores.Distribution,
		Trend: scores.Trend, Confidence: scores.Confidence, Discriminative: scores.Discriminative,
	}
}
