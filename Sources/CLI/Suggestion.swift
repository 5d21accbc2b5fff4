// “Did you mean”: a word of the command line that is nearly one that there is.

/// The one of `candidates` that `word` is likely to stand for; nil where none is near.
func suggestion(for word: String, among candidates: [String]) -> String? {
    let near = candidates.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }
    guard let near, near.1 > 0, near.1 <= max(1, word.utf8.count / 3) else { return nil }
    return near.0
}

/// How many bytes must be inserted, removed, replaced or swapped with the next to make `second` of `first`.
private func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first.utf8), Array(second.utf8))
    // A name that long is no slip of anybody's finger.
    guard a.count < 64, b.count < 64 else { return Int.max }
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in 0..<a.count {
        for j in 0..<b.count {
            var best = min(rows[i][j + 1] + 1, rows[i + 1][j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
            rows[i + 1][j + 1] = best
        }
    }
    return rows[a.count][b.count]
}
