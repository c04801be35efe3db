// Which inodes lie on which mount. Every inode knows its device, so that no call has to compare paths.
extension SimulatedDisk {
    /// Says anew of every inode on which mount it lies.
    func markMounts() {
        let order = mounts.sorted()
        for slot in state.inodes.indices {
            state.inodes[slot].device = 1
            state.inodes[slot].isMount = false
        }
        for (index, path) in order.enumerated() {
            // A mount point that is not there yet is marked when it is made.
            do {
                guard let slot = try state.spot(path).slot else { continue }
                state.inodes[slot].isMount = true
                mark(slot, device: UInt64(2 + index))
            } catch { continue }
        }
    }

    private func mark(_ slot: Int, device: UInt64) {
        state.inodes[slot].device = device
        for entry in state.inodes[slot].entries { mark(entry.slot, device: device) }
    }
}
