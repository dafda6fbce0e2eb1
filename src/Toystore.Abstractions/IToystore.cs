using Toystore.Core;

namespace Toystore;

/// <summary>
/// A Toystore cluster, as an application sees it: the same in process and over the wire. What can happen in a healthy cluster is an outcome, never an exception; only cancellation throws
/// (<see cref="OperationCanceledException"/>), and then the write is as unknown as <see cref="WriteOutcome.Unknown"/>. Safe to call from any thread.
/// </summary>
public interface IToystore
{
    /// <summary>The values of a key: several, if they were written concurrently and nobody has resolved them yet.</summary>
    ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Writes a value. With the context of an earlier answer it replaces what that answer showed; without, it stands beside whatever is there.</summary>
    ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes what the context covers; without a context, what a quorum read sees now.</summary>
    ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>The keys that have a value, a page at a time, in the order of the store (by slot, then by a hash of the key).</summary>
    ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default);
}

/// <summary>A value and what goes with it.</summary>
/// <param name="Bytes">0 bytes to the cluster's limit (16 MiB by default). Not copied: leave them as they are until the call has ended.</param>
/// <param name="ContentType">A media type, at most 255 bytes; null if nobody said.</param>
/// <param name="ExpiresAt">The value is gone from this moment on, to the millisecond; null for never.</param>
public readonly record struct Value(ReadOnlyMemory<byte> Bytes, string? ContentType = null, DateTimeOffset? ExpiresAt = null);

/// <summary>What an answer showed of a key, to be handed back with the write that builds on it. Opaque; good for that key in that cluster.</summary>
public readonly record struct ContextToken(string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}
