using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// What the disk says of itself, so that it is noticed when it holds less than it did. Its <em>tide</em> only grows: at every start, and while there are writes; other members remember the highest that they were told, so a disk with a lower
/// one is an older copy. And whether there were writes that were not synced: then power may not have gone since.
/// </summary>
/// <remarks>On the disk: <c>healing/life</c>, u8 version 1, u64 tide, u8 flags (1: there are writes that were not synced), 16 bytes: the start of the machine in which they were; synced before it is told, or such a write seen.</remarks>
/// <param name="store">The disk.</param>
/// <param name="mint">The clock.</param>
/// <param name="life">A number of chance for this process.</param>
/// <param name="boot">This start of the machine.</param>
/// <param name="time">When it tries again to read.</param>
/// <param name="logger">Where it complains.</param>
internal sealed class DiskLife(IStore store, DotMint mint, ulong life, Guid boot, TimeProvider time, ILogger logger)
{
    private const byte Version = 1;
    private const int PayloadBytes = 26;
    /// <summary>Where its record lies.</summary>
    public static readonly StoreKey Place = StoreKey.System("healing/life");


    private Task _turn = Task.CompletedTask;
    private ulong _tide;
    private volatile bool _hasUnsynced;
    private volatile bool _hasWritten;
    private volatile bool _hasWrittenSinceTide;

    /// <summary>A number of chance for this process.</summary>
    public ulong Life => life;

    /// <summary>What the disk says now.</summary>
    public ulong Tide => Volatile.Read(ref _tide);

    /// <summary>What it said when this process started, or what it has made up for since.</summary>
    public ulong TideAtStart { get; set; }

    /// <summary>True if this process has written any key.</summary>
    public bool HasWritten => _hasWritten;

    /// <summary>True if it has done so since the tide rose.</summary>
    public bool HasWrittenSinceTide => _hasWrittenSinceTide;

    /// <summary>The tide that a record says; 0 if it says none.</summary>
    public static ulong TideOf(ReadOnlyMemory<byte> record) => TryRead(record, out var payload) ? BinaryPrimitives.ReadUInt64LittleEndian(payload[1..]) : 0;

    /// <summary>Reads the disk. Once. Returns what may be lost, in a sentence; null if nothing is.</summary>
    public async Task<string?> LoadAsync(CancellationToken cancellationToken)
    {
        var read = await SystemReads.ReadAsync(store, Place, time, cancellationToken);
        if (read.Status == StoreReadStatus.Absent)
        {
            return null;
        }

        if (read.Status != StoreReadStatus.Found || !TryRead(read.Bytes, out var payload))
        {
            return "the record by which it is known whether anything is lost is lost itself";
        }

        TideAtStart = _tide = BinaryPrimitives.ReadUInt64LittleEndian(payload[1..]);
        if (payload[9] == 0)
        {
            return null;
        }

        if (new Guid(payload[10..]) != boot)
        {
            return "writes were acknowledged before they were on the disk, and then power was lost";
        }

        _hasUnsynced = true;
        return null;
    }

    /// <summary>A key has been written.</summary>
    public void Wrote()
    {
        if (!_hasWrittenSinceTide)
        {
            _hasWritten = _hasWrittenSinceTide = true;
        }
    }

    /// <summary>The tide rises, above whatever anybody remembers of it. False if the disk did not take that.</summary>
    public ValueTask<bool> RaiseTideAsync(ulong above = 0) => WriteAsync(() =>
    {
        _hasWrittenSinceTide = false;
        return (Math.Max(mint.Reading.Value, Math.Max(_tide, above) + 1), _hasUnsynced);
    });

    /// <summary>A write is going to be made that is not synced. False if the disk did not take note: then it must not be. Completes at once but for the first of a process.</summary>
    public ValueTask<bool> NoteUnsyncedAsync() => _hasUnsynced ? new ValueTask<bool>(true) : WriteAsync(() => (_tide, true));

    /// <summary>What may be lost is lost: on the disk is that it is.</summary>
    public ValueTask<bool> ForgetUnsyncedAsync() => WriteAsync(() => (_tide, false));

    /// <summary>The node stops, and nothing writes any more: what was not synced is, now.</summary>
    public async ValueTask CloseAsync()
    {
        if (_hasUnsynced && await StoreBarrier.PassAsync(store) && !await WriteAsync(() => (_tide, false)))
        {
            Log.UnsyncedStay(logger);
        }
    }

    private static bool TryRead(ReadOnlyMemory<byte> record, out ReadOnlySpan<byte> payload)
    {
        var isSound = SystemRecord.TryDecode(Place, record, out var found) && found.Length == PayloadBytes && found.Span[0] == Version;
        payload = found.Span;
        return isSound;
    }

    private async ValueTask<bool> WriteAsync(Func<(ulong Tide, bool HasUnsynced)> next)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            var (tide, hasUnsynced) = next();
            var payload = new byte[PayloadBytes];
            payload[0] = Version;
            BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(1), tide);
            payload[9] = hasUnsynced ? (byte)1 : (byte)0;
            boot.TryWriteBytes(payload.AsSpan(10));
            if (await store.WriteAsync(new StoreBatch().Put(Place, SystemRecord.Encode(Place, payload)), Durability.Fsync, CancellationToken.None) != StoreWrite.Done)
            {
                return false;
            }

            Volatile.Write(ref _tide, tide);
            _hasUnsynced = hasUnsynced;
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }
        finally
        {
            over.SetResult();
        }
    }
}
