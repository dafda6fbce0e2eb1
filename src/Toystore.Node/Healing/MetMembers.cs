using System.Buffers.Binary;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// What this node remembers of the other members' disks (<see cref="DiskWord"/>), to tell each one's next process: it may have got an older copy of its disk, or an empty one.
/// </summary>
/// <remarks>On the disk: <c>healing/met</c>, u8 version 1, then of each member u64 id, u64 life, u64 tide, u8 1 if there was an earlier life, u64 the highest tide of those. If that is lost, this node remembers nobody, and others have to.</remarks>
internal sealed class MetMembers(IStore store, TimeProvider time)
{
    private const byte Version = 1;
    private const int MemberBytes = 33;
    /// <summary>Where its record lies.</summary>
    public static readonly StoreKey Place = StoreKey.System("healing/met");

    private readonly SortedDictionary<ulong, Met> _met = []; // changed in turns only
    private Task _turn = Task.CompletedTask;
    private volatile bool _isLoaded;

    /// <summary>True once the disk has been read. Before that it remembers nobody, and must not say so.</summary>
    public bool IsLoaded => _isLoaded;

    /// <summary>Reads the disk. Once.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var read = await SystemReads.ReadAsync(store, Place, time, cancellationToken);
        if (read.Status == StoreReadStatus.Found)
        {
            Read(read.Bytes, _met);
        }

        _isLoaded = !cancellationToken.IsCancellationRequested;
    }

    /// <summary>The highest tide of a member that a record remembers; 0 if none.</summary>
    public static ulong TideOf(NodeId member, ReadOnlyMemory<byte> record)
    {
        var all = new SortedDictionary<ulong, Met>();
        Read(record, all);
        return all.TryGetValue(member.Value, out var met) ? Math.Max(met.Tide, met.Before) : 0;
    }

    /// <summary>A member has said what its disk says. Returns what was known of it before that process, once it is on the disk that this one has been met.</summary>
    public async ValueTask<DiskMemory> MeetAsync(NodeId member, DiskWord word)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            var known = _met.TryGetValue(member.Value, out var found);
            var next = !known ? new Met(word.Life, word.Tide, false, 0)
                : found.Life == word.Life ? found with { Tide = Math.Max(found.Tide, word.Tide) }
                : new Met(word.Life, word.Tide, true, Math.Max(found.Before, found.Tide));
            if (!known || next != found)
            {
                _met[member.Value] = next;
                await WriteAsync();
            }

            return new DiskMemory(next.HasEarlier, next.Before);
        }
        finally
        {
            over.SetResult();
        }
    }

    // If the disk does not take it, it is remembered as long as this process lives.
    private async ValueTask WriteAsync()
    {
        var payload = new byte[1 + (_met.Count * MemberBytes)];
        payload[0] = Version;
        var at = payload.AsSpan(1);
        foreach (var (member, met) in _met)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(at, member);
            BinaryPrimitives.WriteUInt64LittleEndian(at[8..], met.Life);
            BinaryPrimitives.WriteUInt64LittleEndian(at[16..], met.Tide);
            at[24] = met.HasEarlier ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt64LittleEndian(at[25..], met.Before);
            at = at[MemberBytes..];
        }

        try
        {
            await store.WriteAsync(new StoreBatch().Put(Place, SystemRecord.Encode(Place, payload)), Durability.Fsync, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // the node has stopped
        }
    }

    private static void Read(ReadOnlyMemory<byte> record, SortedDictionary<ulong, Met> into)
    {
        if (SystemRecord.TryDecode(Place, record, out var payload) && payload.Length % MemberBytes == 1 && payload.Span[0] == Version)
        {
            for (var at = payload[1..]; at.Length > 0; at = at[MemberBytes..])
            {
                into[U64(at, 0)] = new Met(U64(at, 8), U64(at, 16), at.Span[24] != 0, U64(at, 25));
            }
        }
    }

    private static ulong U64(ReadOnlyMemory<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[at..]);

    private readonly record struct Met(ulong Life, ulong Tide, bool HasEarlier, ulong Before);
}
