// Structures and unions of C, laid out for the host and for a guest.
//
// Always true: a complete structure is laid out when its declaration ends, and holds at most `maximumDepth`
// structures inside each other.

/// Named by a tag or a typedef, and complete once its members are declared.
final class CStructure {
    enum State {
        /// Declared, not defined.
        case incomplete
        case complete(CLayout)
        /// Defined with something that cannot be passed or shared; what it has, as "bit fields".
        case unsupported(String)
    }

    /// As messages call it.
    let name: String
    var state = State.incomplete

    init(name: String) { self.name = name }
}

struct CLayout {
    /// A member, or each element of one that is an array.
    enum Element {
        case scalar(CScalar)
        case structure(CStructure)
    }

    /// A scalar anywhere in the structure.
    struct Leaf: BitwiseCopyable {
        var scalar: CScalar
        var hostOffset: Int
        var guestOffset: Int
    }

    static let maximumDepth = 16
    static let maximumBytes = 1 << 30
    /// How many scalars a structure that is passed by value may have.
    static let maximumLeaves = 128

    /// Whether all members are at the beginning. Then nobody knows which of them counts, so that it is passed as bytes,
    /// behind a pointer.
    let isUnion: Bool
    private(set) var hasUnion: Bool
    private(set) var hostSize = 0
    private(set) var hostAlignment = 1
    private(set) var guestSize = 0
    private(set) var guestAlignment = 1
    /// Whether a guest's memory holds it as the host reads it.
    private(set) var isShared = true
    private(set) var depth = 1
    /// Of a structure that may be passed by value; otherwise nil.
    private(set) var leaves: [Leaf]? = []
    private(set) var elements: [Element] = []

    init(isUnion: Bool) {
        self.isUnion = isUnion
        hasUnion = isUnion
        if isUnion { leaves = nil }
    }

    /// Adds a member: `count` times `element`. Returns what is wrong with that, as "bit fields".
    mutating func add(_ element: Element, count: Int) -> String? {
        let (host, guest): ((size: Int, alignment: Int), (size: Int, alignment: Int))
        switch element {
        case .scalar(let scalar):
            host = (scalar.hostSize, scalar.hostSize)
            guest = (scalar.guestSize, scalar.guestSize)
            isShared = isShared && scalar.hostSize == scalar.guestSize
        case .structure(let structure):
            switch structure.state {
            case .incomplete: return "\(structure.name), which is not defined yet"
            case .unsupported(let what): return what
            case .complete(let layout):
                host = (layout.hostSize, layout.hostAlignment)
                guest = (layout.guestSize, layout.guestAlignment)
                isShared = isShared && layout.isShared
                hasUnion = hasUnion || layout.hasUnion
                depth = max(depth, layout.depth + 1)
            }
        }
        guard depth <= Self.maximumDepth else { return "more than \(Self.maximumDepth) levels" }
        let sizes = (hostSize, guestSize)
        hostSize = isUnion ? 0 : hostSize.rounded(upTo: host.alignment)
        guestSize = isUnion ? 0 : guestSize.rounded(upTo: guest.alignment)
        isShared = isShared && hostSize == guestSize
        // Below 2^63: a size is at most 2^30 and a count below 2^32.
        guard hostSize + count * host.size <= Self.maximumBytes else {
            return "more than \(Self.maximumBytes) bytes"
        }
        addLeaves(of: element, count: count)
        hostSize += count * host.size
        guestSize += count * guest.size
        if isUnion { (hostSize, guestSize) = (max(hostSize, sizes.0), max(guestSize, sizes.1)) }
        hostAlignment = max(hostAlignment, host.alignment)
        guestAlignment = max(guestAlignment, guest.alignment)
        return nil
    }

    private mutating func addLeaves(of element: Element, count: Int) {
        guard let before = leaves?.count, before + count <= Self.maximumLeaves else { return leaves = nil }
        for index in 0..<count {
            elements.append(element)
            switch element {
            case .scalar(let scalar):
                leaves?.append(
                    Leaf(
                        scalar: scalar, hostOffset: hostSize + index * scalar.hostSize,
                        guestOffset: guestSize + index * scalar.guestSize))
            case .structure(let structure):
                guard case .complete(let inner) = structure.state, let more = inner.leaves,
                    leaves!.count + more.count <= Self.maximumLeaves
                else { return leaves = nil }
                for leaf in more {
                    leaves?.append(
                        Leaf(
                            scalar: leaf.scalar,
                            hostOffset: hostSize + index * inner.hostSize + leaf.hostOffset,
                            guestOffset: guestSize + index * inner.guestSize + leaf.guestOffset))
                }
            }
        }
    }

    /// Ends the structure: arrays of it are aligned.
    mutating func close() {
        hostSize = hostSize.rounded(upTo: hostAlignment)
        guestSize = guestSize.rounded(upTo: guestAlignment)
        isShared = isShared && hostSize == guestSize
    }

    /// The scalar that a structure is passed as, where it holds nothing else.
    var onlyScalar: CScalar? {
        guard let leaves, leaves.count == 1, leaves[0].scalar.guestSize == guestSize else { return nil }
        return leaves[0].scalar
    }
}

extension Int {
    func rounded(upTo alignment: Int) -> Int { (self + alignment - 1) / alignment * alignment }
}
