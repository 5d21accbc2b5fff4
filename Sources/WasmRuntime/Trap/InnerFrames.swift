// The frames of a trap that passes through compiled code on its way out: the interpreter's below it.

import CMachine

private final class InnerFrames {
    var frames: [VisitedFrame] = []
}

extension UnsafePointer<MachineContext> {
    /// What was kept, the innermost first.
    package var innerFrames: [VisitedFrame] {
        // SAFETY: `keep` has retained it, and only this thread uses its context.
        guard let kept = pointee.innerFrames else { return [] }
        return Unmanaged<InnerFrames>.fromOpaque(kept).takeUnretainedValue().frames
    }
}

extension UnsafeMutablePointer<MachineContext> {
    /// Keeps frames that the next ones are outside of.
    package func keep(_ frames: [VisitedFrame]) {
        if pointee.innerFrames == nil {
            pointee.innerFrames = Unmanaged.passRetained(InnerFrames()).toOpaque()
        }
        Unmanaged<InnerFrames>.fromOpaque(pointee.innerFrames).takeUnretainedValue().frames = frames
    }

    /// When the trap is told.
    package func forgetInnerFrames() {
        guard let kept = pointee.innerFrames else { return }
        pointee.innerFrames = nil
        Unmanaged<InnerFrames>.fromOpaque(kept).release()
    }
}
