// The library's version.

package enum Version {
    /// As in CHANGELOG.md and in the tags of releases.
    package static let text: StaticString = "0.1.0"
}
