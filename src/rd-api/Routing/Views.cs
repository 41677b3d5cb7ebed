namespace ReliableDownload.Api.Routing;

/// <summary>The forms that a query may ask for. Other queries mean nothing, as on any file server. Immutable.</summary>
internal sealed class Views(IEnumerable<IView> views)
{
    private readonly IView[] _views = [.. views];

    /// <summary>The first form that a request target's query names, with its value; null for the file or folder itself.</summary>
    public (IView View, string Value)? Find(string target)
    {
        var start = target.IndexOf('?', StringComparison.Ordinal);
        if (start < 0)
            return null;
        var query = target.AsSpan(start + 1);
        foreach (var range in query.Split('&'))
        {
            var parameter = query[range];
            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals];
            foreach (var view in _views)
            {
                if (name.SequenceEqual(view.Name))
                    return (view, equals < 0 ? "" : Uri.UnescapeDataString(parameter[(equals + 1)..]));
            }
        }

        return null;
    }
}
