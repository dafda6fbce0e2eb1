using System.Buffers.Binary;
using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>
/// What one instance of the register decides: a value, and who decides what comes next. Each names the one that it follows, so that decrees form a chain, and the list of seeds that the chain began with. The register knows nothing of
/// the value; it is a topology's encoding. Immutable; equal if it encodes to the same bytes (to 2^-64).
/// </summary>
public sealed class Decree : IEquatable<Decree>
{
    /// <summary>The most acceptors of a decree.</summary>
    public const int AcceptorsMax = 5;

    /// <summary>The longest value, in bytes.</summary>
    public const int ValueBytesMax = TopologyCodec.BytesMax;

    private readonly AcceptorName[] _acceptors;

    internal Decree(Epoch epoch, ulong origin, ulong previous, AcceptorName[] acceptors, ReadOnlyMemory<byte> value)
    {
        (Epoch, Origin, Previous, _acceptors, Value) = (epoch, origin, previous, acceptors, value);
        Span<byte> bytes = stackalloc byte[(5 + (2 * AcceptorsMax)) * sizeof(ulong)];
        var length = 0;
        foreach (var number in (ReadOnlySpan<ulong>)[epoch.Lineage, epoch.Number, origin, previous])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[length..], number);
            length += sizeof(ulong);
        }

        foreach (var (node, disk) in acceptors)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[length..], node.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(length + sizeof(ulong))..], disk.Value);
            length += 2 * sizeof(ulong);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes[length..], Fnv1a.Hash(value.Span));
        Fingerprint = Fnv1a.Hash(bytes[..(length + sizeof(ulong))]);
    }

    /// <summary>Which one of its lineage.</summary>
    public Epoch Epoch { get; }

    /// <summary>The fingerprint of the seeds that founded the cluster.</summary>
    public ulong Origin { get; }

    /// <summary>The fingerprint of the decree before, or of the seeds.</summary>
    public ulong Previous { get; }

    /// <summary>Who decides on the next decree, by their majority: 1 to <see cref="AcceptorsMax"/>, ascending by node.</summary>
    public ReadOnlySpan<AcceptorName> Acceptors => _acceptors;

    /// <summary>The value: at most <see cref="ValueBytesMax"/> bytes.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>64 bits of FNV-1a over all of it: against mistakes, not against attackers.</summary>
    public ulong Fingerprint { get; }

    /// <summary>The decision that these acceptors make.</summary>
    public Instance Instance => new(Epoch, Fingerprint);

    /// <summary>A first decree, of a new lineage.</summary>
    /// <exception cref="ArgumentException">The lineage is 0, an acceptor is not valid or there twice, there are too many or none, or the value is too long.</exception>
    public static Decree First(SeedList seeds, ulong lineage, IEnumerable<AcceptorName> acceptors, ReadOnlyMemory<byte> value) =>
        Checked(new Epoch(lineage, 1), seeds.Fingerprint, seeds.Fingerprint, acceptors, value);

    /// <summary>What may come after this one.</summary>
    /// <exception cref="ArgumentException">As for <see cref="First"/>.</exception>
    public Decree Next(IEnumerable<AcceptorName> acceptors, ReadOnlyMemory<byte> value) =>
        Checked(new Epoch(Epoch.Lineage, Epoch.Number + 1), Origin, Fingerprint, acceptors, value);

    /// <summary>
    /// What an operator puts after this one whose acceptors' majority is lost for good: the next number, but of a new lineage, which those that know nothing of it refuse. This must be the newest decree that anybody left has.
    /// </summary>
    /// <exception cref="ArgumentException">As for <see cref="First"/>, or the lineage is this one's.</exception>
    public Decree Forced(ulong lineage, IEnumerable<AcceptorName> acceptors, ReadOnlyMemory<byte> value) =>
        lineage == Epoch.Lineage
            ? throw new ArgumentException("A forced decree begins a new lineage.", nameof(lineage))
            : Checked(new Epoch(lineage, Epoch.Number + 1), Origin, Fingerprint, acceptors, value);

    /// <summary>True if this very acceptor, with this disk, decides on what comes next.</summary>
    public bool Names(AcceptorName name) => Array.IndexOf(_acceptors, name) >= 0;

    /// <summary>True if this is of the same lineage as <paramref name="other"/> and later.</summary>
    public bool IsLaterThan(Decree other) => Epoch.Lineage == other.Epoch.Lineage && Epoch.Number > other.Epoch.Number;

    /// <inheritdoc/>
    public bool Equals(Decree? other) => other is not null && Epoch == other.Epoch && Fingerprint == other.Fingerprint;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Decree);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"decree {Epoch} by [{string.Join(' ', _acceptors)}]";

    internal static bool AreAcceptors(ReadOnlySpan<AcceptorName> acceptors)
    {
        for (var i = 0; i < acceptors.Length; i++)
        {
            if (acceptors[i].Node == default || acceptors[i].Disk == default || (i > 0 && acceptors[i].Node.CompareTo(acceptors[i - 1].Node) <= 0))
            {
                return false;
            }
        }

        return acceptors.Length is > 0 and <= AcceptorsMax;
    }

    private static Decree Checked(Epoch epoch, ulong origin, ulong previous, IEnumerable<AcceptorName> acceptors, ReadOnlyMemory<byte> value)
    {
        var sorted = acceptors.OrderBy(name => name.Node).ToArray();
        return epoch.Lineage != 0 && AreAcceptors(sorted) && value.Length <= ValueBytesMax
            ? new Decree(epoch, origin, previous, sorted, value)
            : throw new ArgumentException($"A decree has a lineage, 1 to {AcceptorsMax} acceptors with their disks, each node once, and {ValueBytesMax} bytes at most.");
    }
}
