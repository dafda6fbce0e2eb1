using System.Buffers.Binary;
using System.Text;

namespace Toystore.Core.Placement;

/// <summary>Takes one part after another from the front, and nothing beyond the end. That there is but one way to write a document is not checked here.</summary>
internal ref struct TopologyReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TryBytes(int length, out ReadOnlySpan<byte> taken)
    {
        if (_rest.Length < length)
        {
            taken = default;
            return false;
        }

        taken = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    public bool TryByte(out byte value)
    {
        var isThere = TryBytes(1, out var taken);
        value = isThere ? taken[0] : (byte)0;
        return isThere;
    }

    public bool TryUInt16(out ushort value)
    {
        var isThere = TryBytes(sizeof(ushort), out var taken);
        value = isThere ? BinaryPrimitives.ReadUInt16LittleEndian(taken) : (ushort)0;
        return isThere;
    }

    public bool TryUInt64(out ulong value)
    {
        var isThere = TryBytes(sizeof(ulong), out var taken);
        value = isThere ? BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;
        return isThere;
    }

    public bool TryNumber(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!TryByte(out var next))
            {
                return false;
            }

            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A number of at most <paramref name="max"/>.</summary>
    public bool TryNumber(int max, out int value)
    {
        var isThere = TryNumber(out var number) && number <= (ulong)max;
        value = isThere ? (int)number : 0;
        return isThere;
    }

    public bool TryText(out string text)
    {
        text = "";
        if (!TryByte(out var length) || !TryBytes(length, out var taken) || taken.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return false;
        }

        text = Encoding.ASCII.GetString(taken);
        return true;
    }

    public bool TryEndpoint(out Endpoint? endpoint)
    {
        endpoint = null;
        if (!TryText(out var host))
        {
            return false;
        }

        if (host.Length == 0)
        {
            return true;
        }

        if (!TryUInt16(out var port))
        {
            return false;
        }

        endpoint = new Endpoint(host, port);
        return true;
    }

    /// <summary>As many numbers as there is room for, each at most <paramref name="max"/>.</summary>
    public bool TryRuns(Span<int> numbers, int max)
    {
        while (!numbers.IsEmpty)
        {
            if (!TryNumber((numbers.Length << 1) | 1, out var head))
            {
                return false;
            }

            var length = head >> 1;
            if (length == 0 || !TryPiece(numbers[..length], (head & 1) == 0, max))
            {
                return false;
            }

            numbers = numbers[length..];
        }

        return true;
    }

    public bool TryTable(NodeId[] nodes, bool isSparse, out OwnerTable? table)
    {
        table = null;
        Span<int> counts = new int[Slot.Count];
        if (!TryRuns(counts, Quorums.CopiesMax))
        {
            return false;
        }

        var sizes = new byte[Slot.Count];
        var copies = 0;
        for (var slot = 0; slot < sizes.Length; slot++)
        {
            sizes[slot] = (byte)counts[slot];
            copies += counts[slot];
        }

        var isNarrow = nodes.Length <= TopologyCodec.NarrowNodesMax;
        if (!TryBytes(isNarrow ? copies : copies * sizeof(ushort), out var bytes))
        {
            return false;
        }

        var owners = new ushort[copies];
        for (var i = 0; i < copies; i++)
        {
            owners[i] = isNarrow ? bytes[i] : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..]);
        }

        return OwnerTable.TryCreate(nodes, sizes, owners, out table, isSparse);
    }

    private bool TryPiece(Span<int> numbers, bool isRun, int max)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            if (isRun && i > 0)
            {
                numbers[i] = numbers[0];
            }
            else if (!TryNumber(max, out numbers[i]))
            {
                return false;
            }
        }

        return true;
    }
}
