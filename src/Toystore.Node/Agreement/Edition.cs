using System.Buffers.Binary;
using System.Text;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>What one decree did, for operators.</summary>
/// <param name="Epoch">Of the decree.</param>
/// <param name="By">Who proposed it.</param>
/// <param name="At">When, by that node's clock, in whole milliseconds.</param>
/// <param name="What">What changed, in words: at most <see cref="WhatBytesMax"/> bytes of UTF-8.</param>
internal sealed record TopologyNote(Epoch Epoch, NodeId By, DateTimeOffset At, string What)
{
    /// <summary>The longest text, in bytes.</summary>
    public const int WhatBytesMax = 400;
}

/// <summary>
/// The value of a decree: the topology, and what the last hundred decrees did. Whoever learns one decree has the history of all, also of those that it never heard of.
/// </summary>
/// <remarks>
/// u8 version 1, u64 options, u8 notes, oldest first, each u64 lineage, u64 number, u64 node, i64 ms since 1970, u16 length, UTF-8; then the document (<see cref="TopologyCodec"/>). The document has the epoch of the decree that it is in.
/// </remarks>
/// <param name="Topology">The topology.</param>
/// <param name="Options">The fingerprint of what the members' options said when these were last put in force. As long as they say the same, they count for nothing: what was changed since holds.</param>
/// <param name="Notes">The history, oldest first.</param>
internal sealed record Edition(Topology Topology, ulong Options, IReadOnlyList<TopologyNote> Notes)
{
    /// <summary>The most notes.</summary>
    public const int NotesMax = 100;

    private const byte Version = 1;
    private const int HeadBytes = 10;
    private const int NoteBytesMin = 34;

    /// <summary>The encoding.</summary>
    public byte[] Encode()
    {
        var texts = Notes.Select(note => Encoding.UTF8.GetBytes(note.What)).ToArray();
        var document = TopologyCodec.Encode(Topology);
        var bytes = new byte[HeadBytes + (NoteBytesMin * Notes.Count) + texts.Sum(text => text.Length) + document.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), Options);
        bytes[HeadBytes - 1] = (byte)Notes.Count;
        var to = bytes.AsSpan(HeadBytes);
        for (var i = 0; i < Notes.Count; i++)
        {
            var (epoch, by, at, _) = Notes[i];
            BinaryPrimitives.WriteUInt64LittleEndian(to, epoch.Lineage);
            BinaryPrimitives.WriteUInt64LittleEndian(to[8..], epoch.Number);
            BinaryPrimitives.WriteUInt64LittleEndian(to[16..], by.Value);
            BinaryPrimitives.WriteInt64LittleEndian(to[24..], at.ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteUInt16LittleEndian(to[32..], (ushort)texts[i].Length);
            texts[i].CopyTo(to[NoteBytesMin..]);
            to = to[(NoteBytesMin + texts[i].Length)..];
        }

        document.CopyTo(to);
        return bytes;
    }

    /// <summary>
    /// What a decree says; null if that is no topology, or none of this decree. <paramref name="known"/>: taken as it is if it is this one, since reading one costs some milliseconds.
    /// </summary>
    public static Edition? Of(Decree decree, Topology known, ReadOnlySpan<byte> knownDocument)
    {
        var from = decree.Value.Span;
        if (from.Length < HeadBytes || from[0] != Version || from[HeadBytes - 1] > NotesMax)
        {
            return null;
        }

        var options = BinaryPrimitives.ReadUInt64LittleEndian(from[1..]);
        var notes = new TopologyNote[from[HeadBytes - 1]];
        from = from[HeadBytes..];
        for (var i = 0; i < notes.Length; i++)
        {
            if (from.Length < NoteBytesMin || BinaryPrimitives.ReadUInt16LittleEndian(from[32..]) is var length && (length > TopologyNote.WhatBytesMax || from.Length < NoteBytesMin + length))
            {
                return null;
            }

            var at = BinaryPrimitives.ReadInt64LittleEndian(from[24..]);
            if (at < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || at > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            {
                return null;
            }

            notes[i] = new TopologyNote(
                new Epoch(BinaryPrimitives.ReadUInt64LittleEndian(from), BinaryPrimitives.ReadUInt64LittleEndian(from[8..])),
                new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(from[16..])),
                DateTimeOffset.FromUnixTimeMilliseconds(at),
                Encoding.UTF8.GetString(from.Slice(NoteBytesMin, length)));
            from = from[(NoteBytesMin + length)..];
        }

        var topology = from.SequenceEqual(knownDocument) ? known : TopologyCodec.TryDecode(from, out var read) ? read : null;
        return topology?.Epoch == decree.Epoch ? new Edition(topology, options, notes) : null;
    }

    /// <summary>The first one of a cluster.</summary>
    public static Edition First(Topology topology, NodeId by, DateTimeOffset at, string what) => new(topology, topology.Fingerprint, [new TopologyNote(topology.Epoch, by, at, Cut(what))]);

    /// <summary>What comes after this one under <paramref name="epoch"/>.</summary>
    public Edition Next(Topology topology, Epoch epoch, NodeId by, DateTimeOffset at, string what)
    {
        var kept = Notes.Skip(Math.Max(0, Notes.Count + 1 - NotesMax));
        return new Edition(topology.Epoch == epoch ? topology : topology.At(epoch), Options, [.. kept, new TopologyNote(epoch, by, at, Cut(what))]);
    }

    /// <summary>True if a decree of this one's history did just this.</summary>
    public bool Tells(NodeId by, string what) => Cut(what) is var wanted && Notes.Any(note => note.By == by && note.What == wanted);

    private static string Cut(string what)
    {
        while (Encoding.UTF8.GetByteCount(what) > TopologyNote.WhatBytesMax)
        {
            what = what[..^1];
        }

        return what;
    }
}
