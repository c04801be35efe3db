import CPlatform

/// The memory of the process.
public enum Heap {
    /// Gives the system what is free. What a start or a deploy took in passing stays with the process otherwise, between
    /// what lives on: a tenth of it all. Takes some milliseconds.
    public static func giveBack() { stoker_give_back_memory() }
}
