namespace ReliableDownload.Client;

/// <summary>User names and passwords by host, as <c>~/.netrc</c> has them for ftp, curl and others. Its text form shows nothing of them.</summary>
public sealed class Netrc
{
    private readonly List<Entry> _entries = [];

    private Netrc()
    {
    }

    // Without a host it is the default one.
    private sealed class Entry(string? host)
    {
        public string? Host => host;

        public string? Login { get; set; }

        public string? Password { get; set; }
    }

    /// <summary>Reads the text of such a file; macros (<c>macdef</c>) are skipped.</summary>
    /// <exception cref="FormatException">It is something else; the message names the line, and no word that may be a password.</exception>
    public static Netrc Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var netrc = new Netrc();
        var words = new Words(text);
        while (words.Next() is { } word)
        {
            switch (word)
            {
                case "machine":
                    netrc._entries.Add(new Entry(words.Value("machine")));
                    break;
                case "default":
                    netrc._entries.Add(new Entry(null));
                    break;
                case "login":
                    netrc.Last(words).Login = words.Value("login");
                    break;
                case "password":
                    netrc.Last(words).Password = words.Value("password");
                    break;
                case "account":
                    words.Value("account");
                    break;
                case "macdef":
                    words.SkipMacro();
                    break;
                default:
                    throw new FormatException($"line {words.Line} has a word that is none of machine, default, login, password, account and macdef");
            }
        }

        return netrc;
    }

    /// <summary>The first entry for a host, or else the default one, that has a password; null where there is none.</summary>
    /// <param name="user">Whose password it has to be; null for anybody's.</param>
    public ServerCredentials? Find(string host, string? user = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        // What comes behind the default entry is never reached (netrc(5)).
        var entry = _entries.Find(entry => (entry.Host is null || entry.Host.Equals(host, StringComparison.OrdinalIgnoreCase)) && (user is null || entry.Login is null || entry.Login == user));
        return entry?.Password is { } password && (user ?? entry.Login) is { } login ? ServerCredentials.OfPair($"{login}:{password}") : null;
    }

    /// <summary>Shows nothing of it.</summary>
    public override string ToString() => nameof(Netrc);

    private Entry Last(Words words) => _entries.Count > 0 ? _entries[^1] : throw new FormatException($"line {words.Line} comes before any machine");

    /// <summary>The words of the text, with quotes and comments as curl reads them.</summary>
    private sealed class Words(string text)
    {
        private int _next;

        public int Line { get; private set; } = 1;

        public string? Next()
        {
            while (_next < text.Length && (char.IsWhiteSpace(text[_next]) || text[_next] == '#'))
            {
                if (text[_next] == '#')
                    SkipLine();
                else
                    Skip();
            }

            return _next < text.Length ? Read() : null;
        }

        /// <summary>The word behind a keyword; it may begin with '#', as passwords do.</summary>
        public string Value(string keyword)
        {
            while (_next < text.Length && char.IsWhiteSpace(text[_next]))
                Skip();
            return _next < text.Length ? Read() : throw new FormatException($"nothing follows the last {keyword}");
        }

        /// <summary>A macro ends with an empty line.</summary>
        public void SkipMacro()
        {
            do
                SkipLine();
            while (_next < text.Length && text[_next] is not ('\n' or '\r'));
        }

        private void SkipLine()
        {
            while (_next < text.Length && Skip() != '\n')
            {
            }
        }

        private char Skip()
        {
            if (text[_next] == '\n')
                Line++;
            return text[_next++];
        }

        private string Read()
        {
            if (text[_next] == '"')
                return ReadQuoted();
            var start = _next;
            while (_next < text.Length && !char.IsWhiteSpace(text[_next]))
                _next++;
            return text[start.._next];
        }

        private string ReadQuoted()
        {
            var word = new System.Text.StringBuilder();
            for (_next++; _next < text.Length && text[_next] is not ('"' or '\n');)
            {
                if (text[_next] == '\\' && _next + 1 < text.Length)
                    _next++;
                word.Append(text[_next++]);
            }

            if (_next == text.Length || text[_next] == '\n')
                throw new FormatException($"line {Line} has an opening quote without a closing one");
            _next++;
            return word.ToString();
        }
    }
}
