package draw

import "testing"

func BenchmarkNormals(b *testing.B) {
	var into [32]float64
	index := uint64(0)
	for b.Loop() {
		stream := Keyed(1, 2, index)
		stream.Normals(into[:])
		index++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(into)), "ns/draw")
}

func BenchmarkExponentials(b *testing.B) {
	var into [32]float64
	index := uint64(0)
	for b.Loop() {
		stream := Keyed(1, 2, index)
		stream.Exponentials(into[:])
		index++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(into)), "ns/draw")
}
