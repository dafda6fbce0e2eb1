using Toystore.Core;

namespace Toystore.Node.Agreement;

/// <summary>A cluster whose topology this node does not know yet: nothing can be read, and nothing is done.</summary>
internal sealed class WaitingStore(string problem) : IToystore
{
    /// <inheritdoc/>
    public ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default) => new(new ReadOutcome.Unavailable(0, 0, problem));

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default) => NotDone();

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default) => NotDone();

    /// <inheritdoc/>
    public ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default) => new(new ListOutcome.Unavailable(problem));

    private ValueTask<WriteOutcome> NotDone() => new(new WriteOutcome.NotDone(NotDoneReason.Unavailable, problem));
}
