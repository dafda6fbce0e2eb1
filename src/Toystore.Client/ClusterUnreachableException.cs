namespace Toystore.Client;

/// <summary>No node gave an answer to a question about the cluster. Reads and writes say so in their outcomes instead.</summary>
public sealed class ClusterUnreachableException : IOException
{
    /// <summary>With a sentence that says what was tried and what to do.</summary>
    public ClusterUnreachableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
