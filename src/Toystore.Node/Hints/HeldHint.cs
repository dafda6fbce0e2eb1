using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Hints;

/// <summary>What this node keeps of a key for one owner.</summary>
/// <param name="Hint">The hint; null if there is none.</param>
/// <param name="Bytes">Bytes of its key and record.</param>
/// <param name="Trouble">What is wrong with the record on the disk.</param>
internal readonly record struct HeldHint(HintRecord? Hint, long Bytes, RecordTrouble Trouble = RecordTrouble.None);
